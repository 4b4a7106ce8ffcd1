// Values for instances of both kinds, and what SSM holds for them.

/** What breaks scripts that paste values into themselves. */
export const HOSTILE = {
  TAGS: 'a$b,c=$' + '{HOME}',
  ROLE: '$(touch x) `touch y`; touch z',
  LOG_LEVEL: `it's "quoted" \\ and \\"both\\' #no comment\nEOF\nsecond line\\`,
};
export const SECRET = `s3cret $(touch x) 'with' "quotes" $HOME \\`;
export const GOSSIP_KEY = 'pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=';
export const PARAMETERS = { '/muster/test/gossip-key': GOSSIP_KEY, '/muster/test/session-secret': SECRET };
export const RETRY_JOIN = 'provider=aws region=eu-central-1 tag_key=muster-consul tag_value=muster-test';

export const APP = {
  images: {
    webapp: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/muster-webapp:1.4',
    ha: 'registry.example/muster-ha:1.4',
    consul: 'hashicorp/consul:1.22',
  },
  members: 2,
  vpc_cidr: '10.20.0.0/16',
  trusted_proxy_cidrs: ['10.20.0.0/20', '10.20.16.0/20'],
  retry_join: RETRY_JOIN,
  lifecycle_hook_name: 'muster-test-drain',
  gossip_key_parameter: '/muster/test/gossip-key',
  secret_parameters: { SESSION_SECRET: '/muster/test/session-secret' },
  environment: HOSTILE,
};
export const CONSUL = {
  servers: 3,
  consul_image: 'hashicorp/consul:1.22',
  retry_join: RETRY_JOIN,
  gossip_key_parameter: '/muster/test/gossip-key',
  first_boot_seconds: 600,
};
