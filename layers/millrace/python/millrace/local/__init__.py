"""The embedded cloud: emulator, deployment and worker on one machine."""
