/* Passkeys: a form with `data-passkey` ("create" or "get") asks the server what is to be signed
   (`data-options`), the browser for a passkey, and is then sent with the answer in its field `credential`.
   What goes wrong stands in its `data-trouble`. The page of the second factor loads this file alone, so it
   uses nothing of the others. */
(function () {
  "use strict";
  const QUIET_MS = 15000,
    READ = { create: "parseCreationOptionsFromJSON", get: "parseRequestOptionsFromJSON" };

  /* Words that the server wrote, as against what a browser says of itself in its own. */
  class Refused extends Error {}

  async function options(form) {
    const answer = await fetch(form.dataset.options, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      signal: AbortSignal.timeout(QUIET_MS),
    });
    const content = await answer.json();
    if (!answer.ok) throw new Refused(content.message);
    return content;
  }

  async function sign(form) {
    const act = form.dataset.passkey,
      read = window.PublicKeyCredential?.[READ[act]];
    if (!read) throw new Refused(form.dataset.unable);
    const publicKey = read.call(PublicKeyCredential, await options(form));
    const credential = await navigator.credentials[act]({ publicKey });
    form.elements.credential.value = JSON.stringify(credential);
  }

  function wordsFor(form, error) {
    if (error instanceof Refused) return error.message;
    return error.name === "InvalidStateError" ? form.dataset.known : form.dataset.refused;
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target,
      button = event.submitter;
    if (!form.dataset?.passkey) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    const trouble = form.querySelector("[data-trouble]");
    trouble.hidden = true;
    form.setAttribute("aria-busy", "true");
    try {
      await sign(form);
      form.submit();
    } catch (error) {
      trouble.textContent = wordsFor(form, error);
      trouble.hidden = false;
      button?.focus();
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
})();
