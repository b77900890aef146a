import type { DatabaseSync } from 'node:sqlite';
import type { ProofVerifier } from '@roost/client';
import type { FastifyInstance } from 'fastify';
import { accountPage, accountsPage } from '../accounts/pages.ts';
import { createAccounts } from '../accounts/store.ts';
import { submitTransfer, transferPage } from '../accounts/transfer.ts';
import type { Bank } from '../bank.ts';
import type { CustomerRoutes, Purpose } from '../customer.ts';
import { cancelPayment, confirmPayment, evidenceFile, paymentPurpose } from './approval.ts';
import { changePage, newPaymentPage, submitChange, submitPayment } from './form-page.ts';
import { paymentsPage } from './list-page.ts';
import { paymentPage } from './page.ts';
import { createPayees } from './payees.ts';
import { addPayee, payeesPage, removePayee } from './payees-page.ts';
import { createPayments } from './store.ts';

export type BankingDeps = Bank & {
  readonly database: DatabaseSync;
  readonly verifier: ProofVerifier;
  readonly randomBytes: (size: number) => Buffer;
};

/** Accounts and payments: their pages, what is asked of customers to approve, and what a new customer gets. */
export type Banking = {
  addPages(app: FastifyInstance, routes: CustomerRoutes): void;
  readonly purpose: Purpose;
  /** Opens the two accounts of a new customer. Within a transaction it is part of that. */
  openAccounts(customerId: string, nowMs: number): void;
};

export function createBanking(deps: BankingDeps): Banking {
  const { database, randomBytes } = deps;
  const accounts = createAccounts(database, randomBytes);
  const payees = createPayees(database, randomBytes);
  const payments = createPayments(database, randomBytes);
  const all = { ...deps, accounts, payees, payments };

  return {
    purpose: paymentPurpose(all),
    openAccounts: accounts.open,
    addPages(app, { look, submit, ask }) {
      app.get(
        '/accounts',
        look((visit) => accountsPage(all, visit)),
      );
      app.get(
        '/accounts/:id',
        look((visit) => accountPage(all, visit)),
      );
      app.get(
        '/accounts/:id/history/:page',
        look((visit) => accountPage(all, visit)),
      );
      app.get(
        '/transfers',
        look((visit) => transferPage(all, visit)),
      );
      app.post(
        '/transfers',
        submit((visit) => submitTransfer(all, visit)),
      );

      app.get(
        '/payees',
        look((visit) => payeesPage(all, visit)),
      );
      app.post(
        '/payees',
        submit((visit) => addPayee(all, visit)),
      );
      app.post(
        '/payees/:id/remove',
        submit((visit) => removePayee(all, visit)),
      );

      app.get(
        '/payments',
        look((visit) => paymentsPage(all, visit)),
      );
      app.get(
        '/payments/new',
        look((visit) => newPaymentPage(all, visit)),
      );
      app.get(
        '/payments/new/:payee',
        look((visit) => newPaymentPage(all, visit)),
      );
      app.post(
        '/payments/new',
        submit((visit) => submitPayment(all, visit)),
      );
      app.get(
        '/payments/:id',
        look((visit) => paymentPage(all, visit)),
      );
      app.get(
        '/payments/:id/change',
        look((visit) => changePage(all, visit)),
      );
      app.post(
        '/payments/:id/change',
        submit((visit) => submitChange(all, visit)),
      );
      app.post(
        '/payments/:id/confirm',
        submit((visit) => confirmPayment(all, { ask }, visit)),
      );
      app.get(
        '/payments/:id/evidence.jws',
        look((visit) => evidenceFile(all, visit)),
      );
      app.post(
        '/payments/:id/cancel',
        submit((visit) => cancelPayment(all, visit)),
      );
    },
  };
}
