import { useCallback, useRef, useState } from "react";
import { drawMail } from "./mail";

const MAX_PX = 640;
const ROOM_PX = 32;

/** A mail's HTML in a frame where nothing runs, nothing is loaded and nothing leads anywhere. */
export default function MailFrame({ html, subject }: { html: string; subject: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(160);
  const draw = useCallback(() => {
    const into = frame.current?.contentDocument;
    if (!into?.body) return;
    drawMail(into, html);
    setHeight(Math.min(MAX_PX, into.body.scrollHeight + ROOM_PX));
  }, [html]);
  return (
    <iframe
      ref={(element) => {
        frame.current = element;
        if (element) queueMicrotask(draw);
      }}
      onLoad={draw}
      className="mail"
      title={`Mail: ${subject}`}
      sandbox="allow-same-origin"
      style={{ height }}
    />
  );
}
