/**
 * The Console in the languages that it speaks besides English: the browser's own at first, another when somebody chooses it, on every
 * page, with nothing cut on a phone or at a desk. All pages in German; in French and Italian too with `CONSOLE_LANGUAGES=all`.
 */

import assert from 'node:assert/strict';
import { env } from 'node:process';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { de } from '../../console/src/text/de/index.ts';
import { fr } from '../../console/src/text/fr/index.ts';
import { ENGLISH } from '../../console/src/text/index.ts';
import { it } from '../../console/src/text/it/index.ts';
import type { Language } from '../../console/src/text/language.ts';
import { CUT, fillForPages, PAGES } from '../support/console-pages.ts';
import { type ConsoleStage, openConsole } from '../support/console-stage.ts';

let stage: ConsoleStage;
before(async () => {
  stage = await openConsole();
  await fillForPages(stage.s3);
});
after(() => stage?.[Symbol.asyncDispose]());

const spoken = (page: Page, { locale }: Language): Promise<void> => page.locator(`html[lang=${locale}]`).waitFor();

test('the language is the browser’s, until somebody chooses another; that is kept', async () => {
  const page = await stage.openAsStranger({ locale: 'de-AT' });
  await spoken(page, de);
  await page.getByRole('heading', { name: de.text.session.title }).waitFor();
  await page.getByRole('button', { name: de.text.session.act }).click();
  await page.getByText(de.text.session.needKey).waitFor();
  await page.getByLabel(de.text.frame.language).selectOption('en');
  await spoken(page, ENGLISH);
  await page.getByRole('button', { name: ENGLISH.text.session.act }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: ENGLISH.text.session.title }).waitFor();
  await page.getByLabel(ENGLISH.text.frame.language).selectOption('browser');
  await page.getByRole('heading', { name: de.text.session.title }).waitFor();
  await page.context().close();
});

test('a language that nobody has written is English', async () => {
  const page = await stage.openAsStranger({ locale: 'rm-CH' });
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.getAttribute('html', 'lang'), 'en-GB');
  await page.context().close();
});

for (const language of [fr, it])
  test(`a browser that wants ${language.locale} gets it`, async () => {
    const page = await stage.openAsStranger({ locale: language.locale });
    await spoken(page, language);
    await page.getByRole('heading', { name: language.text.session.title }).waitFor();
    await page.context().close();
  });

for (const language of env.CONSOLE_LANGUAGES === 'all' ? [de, fr, it] : [de])
  test(`every page speaks ${language.locale}, and nothing is cut`, async () => {
    const page = await stage.open('/account/profile', { locale: language.locale, reducedMotion: 'reduce' });
    await page.getByText(language.areas?.account.account.profile.looks ?? '').waitFor();
    const found: string[] = [];
    for (const address of Object.keys(PAGES)) {
      await page.goto(`${stage.there}${address}`);
      await spoken(page, language);
      await page.waitForLoadState('networkidle');
      for (const [width, height] of [
        [390, 844],
        [1280, 800],
      ] as const) {
        await page.setViewportSize({ width, height });
        for (const one of (await page.evaluate(CUT)) as readonly string[]) found.push(`${address}, ${width}: ${one}`);
      }
    }
    await page.context().close();
    assert.deepEqual(found, []);
  });
