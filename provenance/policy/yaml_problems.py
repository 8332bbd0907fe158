"""What is wrong with a file that is no YAML, in our words: the library's name texts, hashes and addresses that the reader never wrote."""

from typing import TYPE_CHECKING, Final

from provenance.policy.errors import Problem

if TYPE_CHECKING:
    from ruamel.yaml.error import YAMLError

QUOTE: Final = "text that holds : or # or begins with @ ` % & * ! is put in quotation marks"
SENTENCES: Final = (  # the beginning of what ruamel.yaml says, our sentence, what was probably meant
    ("mapping values are not allowed", "a key may not begin here", f"check the indentation; {QUOTE}"),
    ("found duplicate key", "this key is given twice", "keep one of the two"),
    ("found character '\\t'", "a tab may not stand here", "indent with spaces"),
    ("found character", "no value may begin with this character", QUOTE),
    ("found undefined alias", "this alias has no anchor", QUOTE),
    ("found unexpected end of stream", "a quotation mark is never closed", ""),
    ("expected ',' or ", "a list or mapping in brackets is not closed before this place", "a comma or a bracket is missing"),
    ("expected <block end>", "this line does not belong to what stands above it", "check the indentation"),
    ("but found another document", "a second document begins here", "keep one document in a file"),
    ("could not determine a constructor", "this tag (!) is not known", QUOTE),
)


def yaml_problem(error: "YAMLError", text: str, file: str) -> Problem:
    """The place of a YAML error in a file's text, and what to mend."""
    from ruamel.yaml.error import MarkedYAMLError

    if not isinstance(error, MarkedYAMLError):
        bad = next((index for index, character in enumerate(text) if not (character.isprintable() or character in "\t\n\x85\ufeff")), 0)
        line = text.count("\n", 0, bad) + 1
        return Problem(file, line, bad - text.rfind("\n", 0, bad), "this character may not stand in YAML")
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = error.problem or error.context or ""
    known = ((message, hint) for beginning, message, hint in SENTENCES if said.startswith(beginning))
    message, hint = next(known, ("this is no YAML", QUOTE))
    lines = text.splitlines()
    return Problem(file, line, column, message, hint, lines[line - 1] if line <= len(lines) else "")
