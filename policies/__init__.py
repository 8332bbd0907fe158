"""Data: the shipped policies and the dated facts about the law that their rules cite; read by ``provenance.policy``."""
