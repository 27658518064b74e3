// Runs at the end of `npm install` and `pnpm install`. Must never make an install fail where there is nothing to do.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (process.env.npm_config_user_agent?.startsWith('npm/')) {
  process.exitCode = handOverToPnpm();
} else {
  await installHooks();
}

/** npm knows nothing of the workspace, so what it has just made is replaced by pnpm, which runs this file again. */
function handOverToPnpm() {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'bootstrap.mjs'), 'install'], {
    cwd: root,
    stdio: 'inherit',
  });
  rmSync(join(root, 'package-lock.json'), { force: true });
  return status ?? 1;
}

async function installHooks() {
  if (process.env.CI || !existsSync(join(root, '.git'))) return;
  try {
    const { default: husky } = await import('husky');
    const complaint = husky();
    if (complaint) console.error(`The git hooks were not installed: ${complaint}`);
  } catch {
    // Installed without development dependencies: there is nothing to hook.
  }
}
