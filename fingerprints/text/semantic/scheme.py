"""What the paraphrase scheme is called, how long its windows are, and from when on two of them are alike."""

PREFIX = "text/semantic/"
"""Of every scheme of this package; a model's name, its digest and a version follow."""
VERSION = 1

WINDOW_WORDS = 80
"""Of windows of 50, 80 and 110 words of 35 rewritten texts of some 260 words, 59, 70 and 70 % met the original at a cosine of 0.75; a lead
of 110 words says less of where to look. Windows cut at the ends of sentences did no better than such cut anywhere (70 % of 80 words)."""
LEAST_WORDS = 30
"""A shorter text says too little for its embedding to be told from others on the same subject."""
WORK_OVERLAP = 2
"""A work's window begins where the one before is half over. Without that 51 of the above 70 % are met; items cut so too, which would double
the cost of an audit, add nothing."""
MOST_CHARACTERS = 4_000
"""Of a window that are embedded; 80 words have about 480, a model reads some 2,000."""
MOST_LEADS = 3
"""Assets reported of one item, the nearest first."""
MOST_SEGMENTS = 50
"""Pairs of windows that one lead lists, the nearest first."""
LEAST_COSINE = 0.78
"""The least at which at most one in a thousand windows of software documentation gives a lead to another project, some of them on the
same subject: 9 of 10,000 (``benchmarks/calibrate_semantic.py``). Of heavily rewritten texts 89 % give one, 59 % of their windows."""


def scheme(name: str, digest: str) -> str:
    """The versioned string of a model: embeddings are comparable if and only if it is equal."""
    return f"{PREFIX}{name}@{digest}/{VERSION}"
