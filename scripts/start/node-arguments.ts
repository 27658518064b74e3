/** How every service's Node is started; containers do the same. */
export const NODE_ARGUMENTS: readonly string[] = ['--enable-source-maps'];
