import { marked } from "marked";

/** The parts of GitHub's stylesheet that decide how wide and how dark a comment is. */
const STYLE = `
:root { color-scheme: light dark; --text: #1f2328; --page: #ffffff; --code: #818b981f; --border: #d1d9e0; --link: #0969da; --muted: #59636e; }
@media (prefers-color-scheme: dark) {
  :root { --text: #f0f6fc; --page: #0d1117; --code: #656c7633; --border: #3d444d; --link: #4493f8; --muted: #9198a1; }
}
body { margin: 0; background: var(--page); color: var(--text); font: 14px/1.5 sans-serif; }
main { box-sizing: border-box; max-width: 860px; padding: 16px; overflow-wrap: break-word; }
a { color: var(--link); }
code { background: var(--code); border-radius: 6px; padding: 0.2em 0.4em; font-size: 85%; white-space: break-spaces; }
pre { background: var(--code); border-radius: 6px; padding: 16px; overflow: auto; line-height: 1.45; }
pre code { background: none; padding: 0; white-space: pre; }
table { border-collapse: collapse; display: block; max-width: 100%; overflow: auto; }
td, th { border: 1px solid var(--border); padding: 6px 13px; }
ol, ul { padding-left: 2em; }
sub { color: var(--muted); }
`;

/** A page that shows a comment as GitHub does. */
export function commentPage(markdown: string): string {
  const body = marked.parse(markdown, { gfm: true, async: false });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Comment</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`;
}
