//! What Patroni is told.

use std::path::Path;

use crate::postgres::ADMINISTRATOR;

/// Where a member is.
pub struct Place<'a> {
    pub folder: &'a Path,
    pub programs: &'a Path,
    pub host: &'a str,
    pub number: usize,
}

/// Twenty seconds until a leader that says nothing is deposed: the shortest that Patroni allows.
const TIME_TO_LIVE: u32 = 20;

/// A member's configuration; all have the same ports at addresses of their own.
pub fn of(place: &Place<'_>, port: u16, web: u16, etcd: u16) -> String {
    let Place { host, number, .. } = place;
    let (folder, programs) = (place.folder.display(), place.programs.display());
    format!(
        "scope: budstikke
name: member{number}
restapi: {{listen: '{host}:{web}', connect_address: '{host}:{web}'}}
etcd3: {{host: '127.0.0.1:{etcd}'}}
bootstrap:
  dcs:
    ttl: {TIME_TO_LIVE}
    loop_wait: 3
    retry_timeout: 5
    synchronous_mode: true
    postgresql: {{use_pg_rewind: true}}
  initdb: [{{encoding: UTF8}}, {{locale: C.UTF-8}}, {{auth: trust}}, no-sync]
  pg_hba: &doors
    - host all all 127.0.0.0/8 trust
    - host replication all 127.0.0.0/8 trust
    - local all all trust
    - local replication all trust
postgresql:
  listen: '{host}:{port}'
  connect_address: '{host}:{port}'
  data_dir: '{folder}/data{number}'
  bin_dir: '{programs}'
  pgpass: '{folder}/pgpass{number}'
  pg_hba: *doors
  authentication:
    superuser: {{username: {ADMINISTRATOR}}}
    replication: {{username: replicator}}
  parameters:
    unix_socket_directories: '{folder}/sockets{number}'
    dynamic_shared_memory_type: mmap
    shared_buffers: 64MB
    max_connections: 150
    jit: 'off'
tags: {{}}
"
    )
}
