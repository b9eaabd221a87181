//! ASiC-E containers and CMS envelopes, streamed in constant memory.
