import pytest

from provenance.readers.columns import Role, contents, is_chosen, metadata, nothing_in, role


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("text", Role.TEXT),
        ("Licence", Role.SOURCE),
        ("page-url", Role.SOURCE),
        ("lang", Role.LABEL),
        ("image_path", Role.LABEL),
        ("author", Role.SOURCE),
    ],
)
def test_the_role_of_a_field_follows_from_its_name(name, found):
    assert role(name) is found


@pytest.mark.parametrize(
    ("field", "chosen", "found"),
    [
        ("text", ("text",), True),
        ("texts", ("text",), False),
        ("messages/2/content", ("messages/content",), True),
        ("messages/2/content/0/text", ("messages/content",), True),
        ("messages/2/role", ("messages/content",), False),
        ("messages/2/role", ("text", "messages"), True),
        ("text", (), False),
    ],
)
def test_a_chosen_field_stands_for_all_that_is_in_it(field, chosen, found):
    assert is_chosen(field, chosen) is found


def test_chosen_fields_alone_are_text():
    record = {"text": "a", "title": "t" * 600, "messages": [{"content": "Hi", "role": "user"}], "image": b"raw"}
    assert dict(contents(record)) == {"text": "a", "title": "t" * 600, "messages/0/content": "Hi", "image": b"raw"}
    assert dict(contents(record, ("messages/content",))) == {"messages/0/content": "Hi", "image": b"raw"}
    assert dict(contents(record, ("title",))) == {"title": "t" * 600, "image": b"raw"}


def test_what_may_be_a_picture_is_given_whatever_is_chosen():
    picture = "iVBORw0KGgo" + "A" * 60
    assert dict(contents({"image": picture, "more": {"image": picture}}, ("text",))) == {"image": picture, "more/image": picture}


def test_metadata_is_kept_verbatim():
    record = {"id": 7, "license": "CC-BY-4.0", "authors": ["A", "B"], "meta": {"doi": "10.1/x", "n": 3}, "text": "x"}
    assert metadata(record) == {"id": "7", "license": "CC-BY-4.0", "authors": "A; B", "meta/doi": "10.1/x"}


@pytest.mark.parametrize(
    ("record", "reason", "told"),
    [
        ({"url": "https://e.org/1.jpg"}, "no-bytes", "'url'"),
        ({"image_path": "1.jpg"}, "no-bytes", "'image_path'"),
        ({"audio": {"path": "1.wav", "bytes": None}}, "no-bytes", "'audio/path'"),
        ({"n": 3}, "bad-record", "fields: n"),
    ],
)
def test_a_record_without_an_item_says_why(record, reason, told):
    found = nothing_in(record)
    assert found[0] == reason
    assert told in found[1]
