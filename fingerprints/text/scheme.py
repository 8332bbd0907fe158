"""What the text scheme is called and what it holds to be a finding."""

SEED_WORDS = 5
"""A passage is looked for where so many words in a row are equal."""
STRIDE = 2
"""Every second seed of a work is indexed, every seed of an item looked up: a run of SEED_WORDS + STRIDE - 1 equal words is always met."""
SHORT_SEED_WORDS = 3
"""The same of short works (a poem, a song, a headline), all of whose seeds are indexed."""
SHORT_WORK = 200
"""Words of the longest work that is short."""
SCHEME = f"text/shingle/words={SEED_WORDS},stride={STRIDE},short={SHORT_SEED_WORDS}/2"

# A finding (a shorter or looser alignment is at most a lead). Two shared 5-grams flagged 366 of 1,460 unrelated documents, 60 aligned
# characters none; 12 words keep short quotations of long words out.
FINDING_WORDS = 12
FINDING_CHARACTERS = 60
EQUAL_SHARE = 0.8
DISTINCT_PAIRS = FINDING_WORDS - 1
"""Different pairs of neighbours among its equal words: what is said twice counts once. "Positional arguments to pass to the task function,
keyword arguments to pass to the task function" has 10."""
DISTINCT_WORDS = 8
"""Different words of letters alone among them (in scripts without spaces, characters): lists of sizes, styles and addresses have fewer. Of
5,632 findings in 0.9 GB of generated prose against 1,431 packages' documentation, nearly all lists of fonts, 5,603 have fewer; of 14
quotations from eight novels none has."""
UNSPACED_CHARACTERS = 20
"""In scripts without spaces a finding has so many characters: each counts for 12/20 of a word and 60/20 characters."""
ALPHABETIC_CHARACTERS = 60
"""The same where they are letters of an alphabet (Thai, Lao, Tibetan, Myanmar, Khmer): twenty of them are five words."""

# Rewriting leaves no long passage but several short ones: together they are a finding where they stand near one another on both sides, each
# in words of its own. On 120 MB of documentation against 12 other books and manuals four such groups were met, all of them in licence
# notices, and none among eight novels; with 14 words and 80 characters 57, mostly addresses and commands. Heavy rewritings found: 62 of 65
# either way (benchmarks/rewritings, 51 of 65 by single passages).
GROUP_WORDS = 16
GROUP_CHARACTERS = 100
GROUP_GAIN = 56
"""What their equal words are worth together (``alignment.GAINS``): sixteen of them are more than articles and prepositions."""
GROUP_REACH = (120, 240)
"""Words between two passages of a group, at most, in the item and in the work."""

# A lead: half of a finding. Shorter phrases belong to the language.
LEAD_WORDS = 8
LEAD_CHARACTERS = 40
MOST_LEADS = 3
"""Leads reported of one item, the longest first."""
