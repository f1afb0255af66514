import { type DefaultTreeAdapterMap, parse } from "parse5";

type Node = DefaultTreeAdapterMap["node"];
type Element = DefaultTreeAdapterMap["element"];

/** Elements of a mail that are drawn. Of others their children are; of those in `DROPPED` nothing. */
const DRAWN = new Set(
  (
    "a abbr address article aside b blockquote br caption center code col colgroup dd del div dl dt em figcaption " +
    "figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins li main mark ol p pre q s section small span strong " +
    "sub sup table tbody td tfoot th thead tr tt u ul"
  ).split(" "),
);
const DROPPED = new Set(
  "script style template noscript iframe frame object embed applet svg math link meta base title head".split(" "),
);
const KEPT = new Set(
  "align alt bgcolor border cellpadding cellspacing color colspan dir face height lang rowspan size title valign width".split(
    " ",
  ),
);
const MAX_NODES = 20_000;

/** A policy of the frame's own, beside that of the page, which it has too: nothing is loaded, nothing runs. */
const POLICY = "default-src 'none'; img-src data:; style-src 'none'; form-action 'none'; base-uri 'none'";

/** Draws the HTML of a mail into an empty document, node by node: no text of it is ever read as HTML by the browser. */
export function drawMail(into: Document, html: string): void {
  const policy = into.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = POLICY;
  into.head.replaceChildren(policy);
  const drawn = new Drawn(into);
  into.body.replaceChildren();
  styled(into.body, "margin: 0.8rem; font: 15px/1.5 sans-serif; color: #171a26; background: #fff");
  for (const node of parse(html).childNodes) drawn.node(node, into.body);
}

class Drawn {
  #left = MAX_NODES;

  constructor(readonly into: Document) {}

  node(node: Node, parent: globalThis.Element): void {
    this.#left -= 1;
    if (this.#left < 0) return;
    if (node.nodeName === "#text") parent.append((node as DefaultTreeAdapterMap["textNode"]).value);
    else if ("tagName" in node && !DROPPED.has(node.tagName)) this.element(node, parent);
  }

  element(node: Element, parent: globalThis.Element): void {
    const within = DRAWN.has(node.tagName) ? this.made(node) : parent;
    if (within !== parent) parent.append(within);
    for (const child of node.childNodes) this.node(child, within);
  }

  made(node: Element): HTMLElement {
    const made = this.into.createElement(node.tagName);
    for (const { name, value } of node.attrs) {
      if (KEPT.has(name)) made.setAttribute(name, value);
      else if (name === "style") styled(made, value);
      else if (name === "src" && /^data:image\/(png|gif|jpeg|webp);/i.test(value)) made.setAttribute("src", value);
      else if (name === "href") made.title = value; // where it leads is shown, and leads nowhere
    }
    if (node.tagName === "a") styled(made, `${made.style.cssText}; text-decoration: underline`);
    return made;
  }
}

/** Sets a style as an object does, which the policy allows; what would load anything has been taken out. */
function styled(element: HTMLElement, style: string): void {
  element.style.cssText = style;
  for (const name of [...element.style]) {
    const value = element.style.getPropertyValue(name);
    if (/url|image|expression|attr\(/i.test(value) || name === "position") element.style.removeProperty(name);
  }
}
