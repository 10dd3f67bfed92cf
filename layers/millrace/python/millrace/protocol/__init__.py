"""The wire: types, codecs and error bodies; no logic."""
