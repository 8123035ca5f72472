import { reject } from "@rdu/diagnostics";

/**
 * A location of external data in canonical form: parts joined by "/", no "." in it. Rejects with E0104 what is empty,
 * absolute (on any system), holds a NUL or climbs out of the folder of the model. Whoever opens the file resolves
 * symbolic links and asks `isInside` as well.
 */
export function checkExternalLocation(location: string): string {
  const refuse = (reason: string): never => reject("E0104", `${JSON.stringify(location)} ${reason}`);
  if (location === "") refuse("is empty");
  if (location.includes("\0")) refuse("holds a NUL character");
  if (/^[A-Za-z]:/.test(location) || /^[\\/]/.test(location)) refuse("is absolute");
  const parts = location.split(/[\\/]/).filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) refuse("leads out of the folder of the model");
  if (parts.length === 0) refuse("names no file");
  return parts.join("/");
}

/** Whether a resolved absolute path lies below a resolved absolute folder; both use "/" or both "\". */
export function isInside(folder: string, path: string): boolean {
  const separator = folder.includes("\\") && !folder.includes("/") ? "\\" : "/";
  return path.startsWith(folder.endsWith(separator) ? folder : `${folder}${separator}`);
}
