import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../ports.js';
import { type DockerOptions, docker } from './docker.js';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Settings of a run, later files win. MUSTER_OFFICIAL_IMAGES=1 leaves out the stand-ins: that needs a registry. */
export const ENV_FILES: readonly string[] =
  process.env.MUSTER_OFFICIAL_IMAGES === '1' ? ['.env'] : ['.env', 'test/images/ci.env'];

/** The images that ours are built from, by the names they have in .env. */
export function baseImages(): Readonly<Record<'BASE_IMAGE' | 'HAPROXY_IMAGE' | 'NGINX_IMAGE', string>> {
  const text = ENV_FILES.map((file) => readFileSync(`${ROOT}${file}`, 'utf8')).join('\n');
  const named = (name: string) => [...text.matchAll(new RegExp(`^${name}=(.+)$`, 'gm'))].at(-1)?.[1] ?? '';
  return {
    BASE_IMAGE: named('BASE_IMAGE'),
    HAPROXY_IMAGE: named('HAPROXY_IMAGE'),
    NGINX_IMAGE: named('NGINX_IMAGE'),
  };
}

/** What Compose may see of this process: the developer's own settings must not reach the containers. */
const PASSED_ON = /^(PATH|HOME|TEST_RUN|DOCKER_\w+|BUILDKIT_\w+|XDG_\w+|(https?|no)_proxy)$/i;

const PREFIX = 'muster-test-';

/** The project of this test run. */
export const RUN = `${PREFIX}${process.pid}`;

/** Pid of the run that a project or an image belongs to; null when it is none of ours. */
export function runOf(name: string): number | null {
  const digits = new RegExp(`^${PREFIX}(\\d+)(-|$)`).exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

export interface ProjectPorts {
  readonly public: number;
  readonly stats: number;
  readonly api: number;
  readonly consul: number;
}

export interface ProjectImages {
  readonly webapp: string;
  readonly ha: string;
}

/**
 * Names of the images of one project alone: `docker compose up` makes containers anew when their image has changed, and
 * what a user's own `docker compose build` made stays as it is. As with users, each balancer has an image of its own.
 */
export function imagesOf(project: string, balancer = 'haproxy'): ProjectImages {
  return { webapp: `${project}-webapp`, ha: `${project}-ha-${balancer}` };
}

/** One Compose project of the product's own file: a name, host ports, and the command. */
export class Project {
  readonly name: string;
  readonly ports: ProjectPorts;
  readonly images: ProjectImages;
  readonly #env: Readonly<Record<string, string>>;

  constructor(name: string, ports: ProjectPorts, env: Readonly<Record<string, string>>) {
    this.name = name;
    this.ports = ports;
    this.images = imagesOf(name, env.BALANCER);
    this.#env = env;
  }

  /** A project of this run, on free ports; `env` stands for what a user exports before `docker compose up`. */
  static async of(env: Readonly<Record<string, string>> = {}): Promise<Project> {
    const [open = 0, stats = 0, api = 0, consul = 0] = await freePorts(4);
    return new Project(RUN, { public: open, stats, api, consul }, env);
  }

  /** `docker compose …` as a user types it, with the environment files and the ports of this project. */
  compose(args: readonly string[], options: Omit<DockerOptions, 'env'> = {}): Promise<string> {
    const files = ENV_FILES.flatMap((file) => ['--env-file', `${ROOT}${file}`]);
    const where = ['--project-directory', ROOT, '--project-name', this.name, '--ansi', 'never'];
    return docker(['compose', ...where, ...files, ...args], { ...options, env: this.#environment() });
  }

  #environment(): Record<string, string> {
    const own = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)) as [string, string][];
    return {
      ...Object.fromEntries(own),
      WEBAPP_IMAGE: this.images.webapp,
      HA_IMAGE: this.images.ha,
      PUBLIC_PORT: String(this.ports.public),
      STATS_PORT: String(this.ports.stats),
      API_PORT: String(this.ports.api),
      CONSUL_PORT: String(this.ports.consul),
      ...this.#env,
    };
  }
}
