"""Pictures drawn by arithmetic and a seed: three registered works, their variants, and neighbours that are none."""
