// Exchange the token behind the link's # for a cookie, then open the mirror.

const said = document.getElementById("said");
const atJoin = location.pathname === "/join";

function say(words) {
  said.textContent = words;
}

function openMirror() {
  if (atJoin) location.replace("/");
  else location.reload(); // the page that was asked for, with all that stands behind its ? and #
}

async function join(token) {
  say("One moment …");
  let answer;
  try {
    answer = await fetch("/join", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
  } catch {
    say("The mirror does not answer. Is neteyes serve still running?");
    return;
  }
  if (answer.ok) openMirror();
  else say(await answer.text());
}

// A link from another site opens without the cookie that this browser may have: browsers keep it back. They send
// it when our own page asks.
async function openIfInvited() {
  const answer = await fetch("/join/status");
  if (!answer.ok || !(await answer.json()).invited) return;
  const last = Number(sessionStorage.getItem("opened"));
  sessionStorage.setItem("opened", Date.now());
  if (Date.now() - last < 3000) say("This browser keeps the mirror's cookie back. Load the page again.");
  else openMirror();
}

document.getElementById("join").addEventListener("submit", (event) => {
  event.preventDefault();
  join(document.getElementById("token").value.trim());
});

const token = atJoin ? decodeURIComponent(location.hash.slice(1)) : "";
if (token) {
  history.replaceState(null, "", "/join"); // the token leaves the address bar
  join(token);
} else {
  openIfInvited().catch(() => {});
}
