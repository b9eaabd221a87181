//! Speaking HTTP: server, problems, extractors, guarded client.
