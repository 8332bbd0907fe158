"""Documents: HTML, PDF, EPUB and docx, each one text item, extracted in a decoder's process; one module per format."""

from provenance.readers.documents.reader import extracted, member, members, pieces

__all__ = ["extracted", "member", "members", "pieces"]
