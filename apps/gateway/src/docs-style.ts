/** The look of `/docs`: system fonts, two colours, light or dark as the reader's system is. */
export const style = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2024, #e6e8eb);
  --dim: light-dark(#5b6470, #a0a8b3);
  --paper: light-dark(#ffffff, #14171a);
  --raised: light-dark(#f5f6f8, #1e2227);
  --line: light-dark(#dfe3e8, #31373f);
  --accent: light-dark(#0b57d0, #8ab4ff);
  --get: light-dark(#0b6b3a, #6fd39b);
  --post: light-dark(#0b57d0, #8ab4ff);
  --patch: light-dark(#8a4b00, #f2b366);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1.5rem; }
body {
  margin: 0; color: var(--ink); background: var(--paper);
  font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: break-word;
}
code, pre { font: 0.875em/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
:not(pre) > code { background: var(--raised); border-radius: 4px; padding: 0.1em 0.3em; }
a { color: var(--accent); text-underline-offset: 0.15em; }
a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: 0.5rem 1rem; z-index: 1; }
.page { max-width: 78rem; margin: 0 auto; display: grid; grid-template-columns: 17rem minmax(0, 1fr); gap: 3rem; padding: 0 1.5rem; }
nav { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; padding: 2rem 0; font-size: 0.875rem; }
nav h2 { font-size: 0.75rem; letter-spacing: 0.06em; text-transform: uppercase; color: var(--dim); margin: 1.5rem 0 0.25rem; border: 0; padding: 0; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: flex; gap: 0.5rem; padding: 0.2rem 0; color: inherit; text-decoration: none; line-height: 1.35; }
nav li a:hover { color: var(--accent); }
nav .method { flex: 0 0 3.2em; font-size: 0.6875rem; line-height: 1.2rem; }
main { padding: 2rem 0 6rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 0.75rem; }
h2 { font-size: 1.375rem; margin: 3.5rem 0 0; padding-bottom: 0.4rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.125rem; margin: 0; }
h4 { font-size: 0.875rem; margin: 1.5rem 0 0.4rem; }
p { margin: 0.4rem 0; max-width: 44rem; }
article { padding: 2rem 0; border-bottom: 1px solid var(--line); }
article:target h3 { color: var(--accent); }
.call { font-size: 1.0625rem; }
.method { font: 700 0.75rem ui-monospace, Menlo, Consolas, monospace; }
.get { color: var(--get); }
.post { color: var(--post); }
.patch { color: var(--patch); }
.delete { color: var(--patch); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
th { text-align: left; font-weight: 600; color: var(--dim); }
th, td { padding: 0.4rem 1rem 0.4rem 0; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; }
td:first-child { white-space: nowrap; width: 1%; padding-right: 2rem; }
td:nth-child(2) { min-width: 9rem; }
.required { color: var(--dim); font-size: 0.75rem; margin-left: 0.3em; }
details { margin-top: 1rem; }
summary { cursor: pointer; font-weight: 600; font-size: 0.875rem; }
pre { background: var(--raised); border-radius: 8px; padding: 1rem; margin: 0.6rem 0 0; overflow-x: auto; }
@media (max-width: 52rem) {
  .page { display: block; }
  nav { position: static; max-height: none; padding-bottom: 0; }
}
@media print {
  nav { display: none; }
  .page { display: block; }
}
`;
