/* load: modules that only Node has. The name comes as an argument, so that bundlers for browsers do not look for it. */

export function load(name: string): Promise<unknown> {
  return import(name);
}
