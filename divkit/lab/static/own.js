// What a table itself has by a name from outside: not what every object has, as "constructor".
export function own(table, name) {
  return table !== null && typeof table === "object" && Object.hasOwn(table, name) ? table[name] : undefined;
}
