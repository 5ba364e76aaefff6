// The hosted pages' only script. Without it the first page asks for a click, because nothing is known of the page that
// opened the window; the form for keys and passwords needs it, and says so.

const { page, attempt, opener: allowed, result } = document.body.dataset;
const PATIENCE_MS = 1500;

if (page === 'ticket') {
  askOpener().then((verifier) => (verifier ? fill(verifier).submit() : showQuestion()));
} else if (page === 'form') {
  askOpener().then((verifier) => {
    if (verifier) fill(verifier);
    else showQuestion();
    document.querySelectorAll('form button[disabled]').forEach((button) => { button.disabled = false; });
  });
} else if (page === 'done') {
  leave();
}

// A second click sends nothing.
document.querySelectorAll('form').forEach((form) => {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
  });
  window.addEventListener('pageshow', () => { delete form.dataset.sent; });   // back again, perhaps with a mistake to mend
});

/**
 * The verifier that only the page which began this attempt knows, or null: no opener, none that is allowed, or no answer
 * in time. Asked of the allowed origin alone, and believed only from it and from the window that opened this one.
 */
function askOpener() {
  const opener = window.opener;
  if (!opener || !allowed) return Promise.resolve(null);
  return new Promise((resolve) => {
    const hear = (event) => {
      const { type, attempt: of, verifier } = event.data ?? {};
      if (event.source !== opener || event.origin !== allowed) return;
      if (type === 'reseal.verifier' && of === attempt && typeof verifier === 'string') resolve(verifier);
    };
    window.addEventListener('message', hear);
    setTimeout(() => resolve(null), PATIENCE_MS);
    opener.postMessage({ type: 'reseal.verifier?', attempt }, allowed);
  });
}

function fill(verifier) {
  const field = document.querySelector('form input[name=verifier]');
  field.value = verifier;
  return field.form;
}

/** Nobody vouches for this window, so whoever sits here is asked. */
function showQuestion() {
  const question = document.getElementById('ask');
  if (question) question.hidden = false;
}

/** Tells the opener that it is over. A failure stays on the screen: it says what happened and that nothing was changed. */
function leave() {
  if (!window.opener || !allowed) return;
  window.opener.postMessage({ type: 'reseal.done', attempt }, allowed);
  if (result === 'completed') window.close();
}
