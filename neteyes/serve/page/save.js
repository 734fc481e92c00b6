/** Hand a file to the visitor's disk. @param {Blob} blob @param {string} ending */
export function save(blob, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `neteyes-${now()}${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The local time as part of a file's name. */
function now() {
  const time = new Date();
  const shifted = new Date(time.getTime() - 60_000 * time.getTimezoneOffset());
  return shifted.toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "");
}
