import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";
import { NavLink, Outlet, useLocation } from "react-router";
import icon from "../icon.svg";
import { Busy } from "../ui/feedback";
import { SCREENS } from "./screens";
import { type Sessions, signOut, useSessions } from "./session";
import { SignIn } from "./sign_in";
import { ThemeButton } from "./theme";

/** The frame of all screens: signing in first, then navigation beside the screen. */
export function Shell() {
  const sessions = useSessions();
  const [isAdding, setIsAdding] = useState(false);
  if (!sessions.tenant && !sessions.operator) {
    return (
      <main>
        <SignIn />
      </main>
    );
  }
  return (
    <div className="frame">
      <a className="skip" href="#screen">
        To the screen
      </a>
      <Side sessions={sessions} onAdd={() => setIsAdding(true)} />
      <main id="screen" tabIndex={-1}>
        {isAdding ? (
          <SignIn onDone={() => setIsAdding(false)} />
        ) : (
          <Suspense fallback={<Busy />}>
            <Outlet />
          </Suspense>
        )}
      </main>
    </div>
  );
}

function Side({ sessions, onAdd }: { sessions: Sessions; onAdd: () => void }) {
  const [isOpen, setIsOpen] = useState(false);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address is what closes the menu
  useEffect(() => setIsOpen(false), [pathname]);
  const shown = SCREENS.filter((screen) => (screen.for === "operator" ? sessions.operator : sessions.tenant));
  return (
    <header className="side" data-open={isOpen}>
      <div className="bar">
        <span className="brand">
          <img src={icon} alt="" />
          Tidings
        </span>
        <button type="button" className="menu-button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          Menu
        </button>
      </div>
      <nav aria-label="Screens">
        {shown.map((screen) => (
          <NavLink key={screen.path} to={screen.path} end={screen.path === "/"}>
            {screen.name}
          </NavLink>
        ))}
      </nav>
      <Who
        sessions={sessions}
        onAdd={() => {
          setIsOpen(false);
          onAdd();
        }}
      />
    </header>
  );
}

function Who({ sessions, onAdd }: { sessions: Sessions; onAdd: () => void }) {
  const queries = useQueryClient();
  const leave = () => {
    signOut();
    queries.clear();
  };
  return (
    <div className="who">
      {sessions.tenant && (
        <span>
          Tenant <b>{sessions.tenant.tenant}</b>
          <br />
          <span className="soft">{sessions.tenant.name}</span>
        </span>
      )}
      {sessions.operator && <b>Operator</b>}
      <div className="row">
        <ThemeButton />
        <button type="button" onClick={onAdd}>
          {sessions.operator ? "Sign in to a tenant" : "Operator …"}
        </button>
        <button type="button" onClick={leave}>
          Sign out
        </button>
      </div>
    </div>
  );
}
