/** Wrong configuration: the message lists every fault, and never a value, which may be a secret. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}
