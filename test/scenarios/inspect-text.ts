import { pairs } from './text-table.js';

/** The fields of `docker inspect` that are recorded. */
export interface InspectedContainer {
  readonly Id: string;
  readonly Config: {
    readonly Image: string;
    readonly User: string;
    readonly Hostname: string;
    readonly Entrypoint: readonly string[] | null;
    readonly StopSignal?: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly Pid: number;
    readonly StartedAt: string;
  };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly RestartPolicy: { readonly Name: string };
    readonly Tmpfs?: Readonly<Record<string, string>> | null;
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
    readonly PortBindings: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
    > | null;
  };
  readonly Mounts: readonly {
    readonly Type: string;
    readonly Name?: string;
    readonly Source: string;
    readonly Destination: string;
    readonly RW: boolean;
  }[];
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string; readonly Gateway: string }>>;
  };
}

/** The recorded fields of one container under its name; each field is called as `docker inspect` calls it. */
export function inspectText(name: string, { Config, State, HostConfig, Mounts, NetworkSettings }: InspectedContainer) {
  const fields = {
    'Config.Image': Config.Image,
    'Config.Hostname': Config.Hostname,
    'Config.User': Config.User,
    'Config.Entrypoint': list(Config.Entrypoint),
    'Config.StopSignal': Config.StopSignal ?? '-',
    'State.Status': State.Status,
    'State.ExitCode': State.Running ? '-' : State.ExitCode,
    'HostConfig.ReadonlyRootfs': String(HostConfig.ReadonlyRootfs),
    'HostConfig.CapDrop': list(HostConfig.CapDrop),
    'HostConfig.SecurityOpt': list(HostConfig.SecurityOpt),
    'HostConfig.RestartPolicy': HostConfig.RestartPolicy.Name,
    'HostConfig.LogConfig': [HostConfig.LogConfig.Type, ...entries(HostConfig.LogConfig.Config)].join(' '),
    'HostConfig.Tmpfs': list(entries(HostConfig.Tmpfs ?? {})),
    'HostConfig.PortBindings': list(published(HostConfig.PortBindings ?? {})),
    Mounts: list(Mounts.map(mount).sort()),
    'NetworkSettings.Networks': list(addresses(NetworkSettings.Networks)),
  };
  return `${name}\n${pairs(fields, '  ')}\n`;
}

function mount({ Type, Name, Source, Destination, RW }: InspectedContainer['Mounts'][number]): string {
  return `${Type} ${Name ?? Source} on ${Destination}${RW ? '' : ' (read-only)'}`;
}

function published(bindings: NonNullable<InspectedContainer['HostConfig']['PortBindings']>): string[] {
  return Object.entries(bindings).flatMap(([port, hosts]) =>
    (hosts ?? []).map(({ HostIp, HostPort }) => `${HostIp || '0.0.0.0'}:${HostPort}->${port}`),
  );
}

function addresses(networks: InspectedContainer['NetworkSettings']['Networks']): string[] {
  return Object.entries(networks).map(([network, { IPAddress }]) => `${network} ${IPAddress || '-'}`);
}

function entries(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .sort();
}

/** Sorted, so that the same container gives the same text. */
function list(values: readonly string[] | null): string {
  return values === null || values.length === 0 ? '-' : values.join(', ');
}
