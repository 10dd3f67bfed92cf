"""The peers, each a program of the environment `automl-peers` that answers one question; `asked` has their protocol."""
