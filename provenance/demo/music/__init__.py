"""Music synthesised from notes written down here: two registered recordings, an excerpt in noise, and a neighbour that is none."""
