import { dataFolder, type Layout, type Member } from './layout.ts';

/** How fast a dead primary is noticed. Patroni asks that `ttl` be at least `loop_wait` and twice `retry_timeout`. */
const PACE = { ttl: 6, loop_wait: 1, retry_timeout: 2 } as const;

/** The settings of one member for Patroni. JSON is YAML too. */
export function patroniSettings(layout: Layout, member: Member): object {
  const { folder, etcd, binFolder } = layout;
  return {
    scope: 'roost',
    namespace: '/roost-bench/',
    name: member.name,
    restapi: {
      listen: `127.0.0.1:${member.restPort}`,
      connect_address: `127.0.0.1:${member.restPort}`,
    },
    etcd3: { host: `127.0.0.1:${etcd.port}` },
    bootstrap: {
      dcs: {
        ...PACE,
        maximum_lag_on_failover: 1_048_576,
        synchronous_mode: true,
        // A commit is acknowledged only when two machines have it, even while but one is there: see README.md.
        synchronous_mode_strict: true,
        postgresql: { use_pg_rewind: true, use_slots: true, parameters: DURABLE },
      },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'data-checksums'],
      pg_hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
    },
    postgresql: {
      listen: `127.0.0.1:${member.port}`,
      connect_address: `127.0.0.1:${member.port}`,
      data_dir: dataFolder(layout, member),
      bin_dir: binFolder,
      pgpass: `${folder}/${member.name}.pgpass`,
      authentication: { superuser: { username: 'postgres' }, replication: { username: 'replicator' } },
      parameters: { unix_socket_directories: '', shared_buffers: '64MB' },
      remove_data_directory_on_rewind_failure: true,
      remove_data_directory_on_diverged_timelines: true,
    },
    watchdog: { mode: 'off' },
  };
}

const DURABLE = {
  max_connections: 100,
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  wal_log_hints: 'on',
  wal_keep_size: '256MB',
  // A standby or a primary that vanished must not be waited for longer than the failover takes.
  wal_sender_timeout: '5s',
  wal_receiver_timeout: '5s',
  wal_retrieve_retry_interval: '500ms',
} as const;

export function etcdCommand({ folder, etcd }: Layout): [string, ...string[]] {
  const client = `http://127.0.0.1:${etcd.port}`;
  const peer = `http://127.0.0.1:${etcd.peerPort}`;
  return [
    ...(['etcd', '--name', 'one', '--data-dir', `${folder}/etcd`] as const),
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ...['--initial-cluster', `one=${peer}`, '--logger', 'zap', '--log-level', 'warn'],
  ];
}

/** Sends connections to whichever member Patroni calls the primary, and cuts those to one that is so no more. */
export function proxySettings({ members, proxyPort }: Layout): string {
  const servers = members.map(
    ({ name, port, restPort }) => `  server ${name} 127.0.0.1:${port} check port ${restPort}`,
  );
  return `${[
    'global',
    '  maxconn 1000',
    'defaults',
    '  mode tcp',
    '  timeout connect 2s',
    '  timeout client 30m',
    '  timeout server 30m',
    '  timeout check 1s',
    'listen primary',
    `  bind 127.0.0.1:${proxyPort}`,
    '  option httpchk OPTIONS /primary',
    '  http-check expect status 200',
    '  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions',
    ...servers,
  ].join('\n')}\n`;
}
