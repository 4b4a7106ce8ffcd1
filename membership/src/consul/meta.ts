/** Service meta keys that carry what Consul has no field for. Every other key is a tag. */
export const META = {
  id: 'muster-id',
  status: 'muster-status',
  weight: 'muster-weight',
  capacity: 'muster-capacity',
  boot: 'muster-boot',
  role: 'muster-role',
} as const;

export const META_PREFIX = 'muster-';
