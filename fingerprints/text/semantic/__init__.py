"""Paraphrases: passages reworded so that no words align, as leads for a person to read, by the nearness of sentence embeddings."""

from fingerprints.text.semantic.builder import Builder
from fingerprints.text.semantic.embeddings import make, pack
from fingerprints.text.semantic.encoder import Encoder, Model, find
from fingerprints.text.semantic.scanner import Leads
from fingerprints.text.semantic.scheme import PREFIX

__all__ = ["PREFIX", "Builder", "Encoder", "Leads", "Model", "find", "make", "pack"]
