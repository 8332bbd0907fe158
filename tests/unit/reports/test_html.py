import base64
import hashlib
import html.parser
import re

import pytest

from reports import html as page

VOID = {"img", "meta", "br"}


class Tree(html.parser.HTMLParser):
    """Fails on an element that is not closed where it should be."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.text = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def parsed(audit, evidence):
    tree = Tree()
    source = page.render(audit, evidence).decode()
    tree.feed(source)
    tree.close()
    assert tree.open == []
    return tree, source


def test_the_page_is_balanced_and_runs_nothing_whatever_the_data_are(make, hostile):
    tree, _ = parsed(*make(3, hostile))
    assert not {"script", "iframe", "object", "embed", "form", "link", "base"} & set(tree.tags)
    assert not [name for _, name, _ in tree.attributes if name.startswith("on") or name == "style"]
    assert "img" not in tree.tags
    plain = parsed(*make(3))[0]
    assert sorted(set(tree.tags)) == sorted(set(plain.tags))


def test_the_page_needs_no_network(make):
    tree, _ = parsed(*make(3))
    targets = [value for _, name, value in tree.attributes if name in {"href", "src", "srcset", "action", "data"}]
    assert targets
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in targets)


def test_the_content_policy_allows_this_style_and_nothing_else(make):
    tree, source = parsed(*make(1))
    style = re.search(r"<style>(.*?)</style>", source, re.DOTALL)[1]
    policy = next(value for tag, name, value in tree.attributes if tag == "meta" and name == "content" and "default-src" in value)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style


def test_every_link_in_the_page_leads_somewhere(make):
    tree, _ = parsed(*make(6))
    ids = [value for _, name, value in tree.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for tag, name, value in tree.attributes if tag == "a" and name == "href"} <= set(ids)


def test_tables_have_captions_and_headers_with_scope(make):
    tree, _ = parsed(*make(6))
    assert tree.tags.count("caption") == tree.tags.count("table") > 10
    headers = tree.tags.count("th")
    assert len([1 for tag, name, _ in tree.attributes if tag == "th" and name == "scope"]) == headers


def test_matched_words_are_marked_and_omissions_are_shown(make):
    _, source = parsed(*make(1))
    assert "<mark>It was a bright cold day" in source
    assert "[… 1,234 characters omitted …]" in source


def test_pictures_carry_outlines_and_sounds_their_stretches(make):
    _, source = parsed(*make(3))
    assert '<polygon points="12.0,10.0 180.0,20.0 170.0,110.0 20.0,100.0"' in source
    assert "Matched: 00:01.234–00:17.432 of 00:30.000" in source  # noqa: RUF001 - an en dash


def test_what_the_data_say_is_read_as_text(make):
    tree, _ = parsed(*make(1, "<b>&amp;</b>"))
    assert any("<b>&amp;</b>" in text for text in tree.text)


def test_pictures_beyond_the_limit_are_left_out_and_that_is_said(make, monkeypatch):
    monkeypatch.setattr(page, "PICTURES_BYTES", 0)
    tree, source = parsed(*make(3))
    assert "data:image" not in source
    assert sum("Pictures left out" in text for text in tree.text) == 2


@pytest.mark.parametrize("side", ["item", "work"])
def test_a_missing_picture_is_a_sentence(make, side):
    audit, evidence = make(2)
    (evidence / f"1-{side}.png").unlink()
    _, source = parsed(audit, evidence)
    assert source.count("No picture at hand.") == 1


def test_a_caption_is_as_wide_as_its_frame_however_wide_the_table(make):
    made = page.render(*make(1)).decode()
    assert made.count("<caption><span>") == made.count("<caption>") > 5
    assert re.search(r"\.frame \{[^}]*container-type: inline-size[^}]*overflow-x: auto", made)
    assert re.search(r"caption span \{[^}]*width: 100cqi", made)
