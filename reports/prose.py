"""The sentences that stand in every report, in one place, so that counsel reads and weighs them once."""

from fingerprints.model import Kind, Modality
from provenance.model import Disposition

TITLE = "Provenance audit report"
DRAFT = "Draft for review by counsel. Measurements and the application of one written policy; not legal advice."
UNDECIDED = "undecided"

IS = (
    (
        "It names the registered works of which passages, pictures or sounds were found again in the material under audit, "
        "where they stand on both sides, and how much of each."
    ),
    "It applies one written policy to each finding and shows the rule, every condition of it, and the value that the condition saw.",
    "It states how often the method reports a match where nothing was reused, as measured, with the number of trials.",
    "It accounts for every item: scanned, unread, or excluded. What could not be read is listed with the reason.",
)
IS_NOT = (
    (
        "It is no legal opinion. It reaches no conclusion on infringement, on fair use or any other exception, on substantial similarity, "
        "access, copying, ownership, wilfulness, damages, market harm or admissibility."
    ),
    "A disposition is what the named policy says of a finding. “no-objection” means that no rule of that policy objects, and nothing more.",
    "A match shows that two things agree, not how the agreement came about: both may go back to one source.",
    "The absence of a finding is no proof of absence: see what was not searched.",
)
NOT_SEARCHED = (
    ("Style", "the manner of an author, artist or performer"),
    ("Character", "fictional persons, their names and appearance, where no registered picture or passage reappears"),
    ("Voice", "a voice or a likeness that is imitated rather than sampled"),
    ("Plot", "story, structure, ideas, facts, and translations of a text"),
    ("Pictures in documents", "pictures inside PDF, EPUB and docx files, and their attachments"),
    ("Melody", "melody, harmony and arrangement: a new recording of a registered composition is not found by its sound"),
    ("Works outside the registry", "anything that was not in the registry's snapshot named in this report"),
)
NOT_SEARCHED_LINE = f"Not searched: {', '.join(name.lower() for name, _ in NOT_SEARCHED)}."

METHODS = {
    Modality.TEXT: (
        "Each text is cut into words; letter case, punctuation and spacing are set aside. Short runs of words are looked up in an index of "
        "the registered works, and where several of them fall together the two texts are aligned word by word. A finding has at least 12 "
        "words and 60 characters aligned, with at least 80 % of the words equal (in scripts without spaces, at least 20 characters). "
        "Anything weaker is a lead. A passage that works by three or more unrelated rights holders carry, or that stands in a work in the "
        "public domain or in a form of words marked as boilerplate, is listed as explained and is no finding against the others; so is "
        "one of forms of words that are nobody's (background): licence notices, counting, lists that everybody knows."
    ),
    Modality.IMAGE: (
        "Each picture is turned upright and described twice: as a whole, in a form that survives resizing and compression, and by its "
        "distinctive points. Registered pictures that come near are candidates. A candidate is verified when its points and those of the "
        "item agree on one placement of the one picture within the other (a geometric check), and the pixels agree when the one is laid "
        "over the other there; it is a near-duplicate when the two pictures as wholes differ by no more than a calibrated distance. "
        "Anything weaker is a lead."
    ),
    Modality.AUDIO: (
        "Each sound is described over its whole length by its harmony and by the peaks of its spectrum. A registered recording whose "
        "description runs along the item's for a stretch of time, at one speed and pitch, is a candidate; it is verified when the spectra "
        "agree over that stretch beyond a calibrated score. Anything weaker is a lead. Both ends of a stretch are given in milliseconds."
    ),
}

LIMITATIONS = (
    "The registry is as its owner entered it. Titles, rights holders, licences and the public domain are quoted from it, not examined.",
    "A fact that nobody supplied is unknown; it is never read as “no”. An unknown fact keeps permissive rules from applying.",
    "The law named as a rule's basis is quoted with its status on the date given with it. It may have changed since.",
    "Error rates hold for the population on which they were measured. Other material may behave otherwise.",
    "The digests show that inputs, registry, policy and results are the ones named here. They do not show who handled the material before.",
    "Exhibits are excerpts and reduced pictures. Control characters and marks of direction in the data are not drawn.",
)

KINDS = {
    Kind.EXACT: "identical content",
    Kind.VERBATIM: "a passage, word for word",
    Kind.NEAR_VERBATIM: "a passage with small changes",
    Kind.VERIFIED: "a picture or sound whose geometry or spectrum was checked; no more than that",
    Kind.NEAR_DUPLICATE: "a picture or sound that as a whole differs by no more than a calibrated distance",
    Kind.LEAD: "too weak for a finding by itself: a person must look",
}
DISPOSITIONS = {
    Disposition.BLOCK: "the policy keeps this item out",
    Disposition.REVIEW: "the policy wants a person to decide, or a fact it needs is unknown",
    Disposition.ATTRIBUTION_DUE: "the policy wants the credit that a licence asks for",
    Disposition.LICENCE_ON_RECORD: "one licence on record, weighed whole, covers this use",
    Disposition.NO_OBJECTION: "no rule of this policy objects",
}
GLOSSARY = (
    ("item", "one thing under audit: a text, a picture or a sound, at one place in the material"),
    ("finding", "one registered work in one item, wherever that item occurs; its id does not change when files move"),
    ("coverage", "which part of the work, or of the item, a match accounts for"),
    ("explained", "a passage that is no finding, because many works carry it or its source is in the public domain"),
    ("unread, excluded", "what could not be audited, and what was not to be; neither counts as scanned"),
    ("observed, modelled", "an error rate seen in n trials (none in n is given as at most 3 in n), and one extrapolated beyond them"),
    ("snapshot", "the registry as it stood for this audit, named by its digest"),
    (
        "set aside",
        "said of a rule whose own conditions hold or are unknown, and which the policy does not apply because another rule is true",
    ),
    ("scheme", "the method and its settings; matches are comparable only under the same one"),
)
