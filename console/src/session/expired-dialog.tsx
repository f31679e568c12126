/** Over the page whose session has ended: sign in again, and everything goes on where it was. */

import type { ReactElement } from 'react';
import { useServices, useSession } from '../services.ts';
import { useText } from '../text/index.ts';
import { Dialog } from '../ui/dialog.tsx';
import { SignInForm } from './sign-in-form.tsx';

export function ExpiredDialog(): ReactElement {
  const text = useText().session;
  const { session } = useServices();
  const state = useSession();
  const open = state.kind === 'in' && state.expired;
  return (
    <Dialog open={open} onClose={() => void session.signOut().catch(() => undefined)} title={text.expiredTitle}>
      <p>{text.expired}</p>
      <SignInForm />
    </Dialog>
  );
}
