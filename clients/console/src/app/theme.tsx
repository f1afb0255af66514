import { useEffect, useState } from "react";

type Theme = "light" | "dark";

function preferred(): Theme {
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Gives the page the theme that the system prefers, before it is drawn. */
export function applyTheme(theme: Theme = preferred()): void {
  document.documentElement.dataset.theme = theme;
}

export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(() =>
    document.documentElement.dataset.theme === "dark" ? "dark" : "light",
  );
  useEffect(() => applyTheme(theme), [theme]);
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button type="button" onClick={() => setTheme(other)}>
      {other === "dark" ? "Dark" : "Light"}
    </button>
  );
}
