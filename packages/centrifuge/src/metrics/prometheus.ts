import type { Metrics } from './snapshot.ts'

interface Family {
  name: string
  type: 'gauge' | 'counter'
  help: string
  samples: Sample[]
}

interface Sample {
  labels: Record<string, string>
  value: number
}

/** The text exposition format of Prometheus, version 0.0.4. Names are those of Centrifugo's library where it has them. */
export function prometheusText(metrics: Metrics): string {
  return familiesOf(metrics).flatMap(linesOf).join('')
}

function familiesOf(metrics: Metrics): Family[] {
  return [
    gauge('node_num_clients', 'Number of clients connected.', metrics.connections),
    gauge('node_num_users', 'Number of unique users connected.', metrics.users),
    gauge('node_num_channels', 'Number of channels with one or more subscribers.', metrics.channels),
    gauge('node_num_subscriptions', 'Number of subscriptions.', metrics.subscriptions),
    counter(
      'node_messages_sent_count',
      'Number of messages sent by node to broker.',
      by('type', { publication: metrics.publications }),
    ),
    counter('client_connections_accepted', 'Count of accepted connections.', plain(metrics.connects)),
    counter('client_num_commands', 'Number of commands of clients.', by('method', metrics.commands)),
    counter(
      'client_num_reply_errors',
      'Number of errors in replies sent to clients.',
      by('code', metrics.errors),
    ),
    counter(
      'client_num_server_disconnects',
      'Number of server initiated disconnects.',
      by('code', metrics.disconnects),
    ),
    counter(
      'client_recover',
      'Count of recover operations with success/fail resolution.',
      by('recovered', { yes: metrics.recoveriesHit, no: metrics.recoveriesMissed }),
    ),
    counter('client_num_deliveries', 'Number of publications queued for clients.', plain(metrics.deliveries)),
    counter(
      'client_num_queue_drops',
      'Number of clients disconnected because too much waited for them.',
      plain(metrics.queueDrops),
    ),
  ]
}

function gauge(name: string, help: string, value: number): Family {
  return { name, type: 'gauge', help, samples: plain(value) }
}

function counter(name: string, help: string, samples: Sample[]): Family {
  return { name, type: 'counter', help, samples }
}

function plain(value: number): Sample[] {
  return [{ labels: {}, value }]
}

function by(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }))
}

function linesOf({ name: shortName, type, help, samples }: Family): string[] {
  const name = `centrifuge_${shortName}`
  const values = samples.map(({ labels, value }) => `${name}${labelsOf(labels)} ${value}\n`)
  return [`# HELP ${name} ${help}\n`, `# TYPE ${name} ${type}\n`, ...values]
}

function labelsOf(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
