import { login, logout, me, refresh, register } from '@ticketing/types/account';
import { clientAddress } from '@ticketing/service-kit/client-address';
import type { HttpApp } from '@ticketing/service-kit/http-app';
import type { Accounts } from './accounts.ts';

/** Serves `/auth`. */
export function implementAccounts(http: HttpApp, accounts: Accounts): void {
  http.implement(register, async ({ body, request }) => ({
    status: 201,
    body: await accounts.register(body, clientAddress(request)),
  }));
  http.implement(login, async ({ body, request }) => ({
    status: 200,
    body: await accounts.login(body, clientAddress(request)),
  }));
  http.implement(refresh, async ({ body, request }) => ({
    status: 200,
    body: await accounts.refresh(body.refreshToken, clientAddress(request)),
  }));
  http.implement(logout, async ({ body, request }) => {
    await accounts.logout(body.refreshToken, clientAddress(request));
    return { status: 204 };
  });
  http.implement(me, async ({ user }) => ({ status: 200, body: await accounts.read(user.sub) }));
}
