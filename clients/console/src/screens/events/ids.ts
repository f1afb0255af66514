const UNDASHED = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** The spellings of an event's id: a UUID has one without dashes in one of the APIs. */
export function idForms(id: string): string[] {
  const dashed = id.replace(UNDASHED, "$1-$2-$3-$4-$5");
  return dashed === id ? [id] : [dashed, id];
}
