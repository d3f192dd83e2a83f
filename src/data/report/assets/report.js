/** Filters the findings of the page by severity and by words. */
const search = document.getElementById('search');
const boxes = [...document.querySelectorAll('input[name="severity"]')];
const groups = [...document.querySelectorAll('section.group')].map((element) => ({
  element,
  severity: element.dataset.severity,
  link: document.querySelector(`.codes a[href="#${element.id}"]`).parentElement,
  heading: element.querySelector('header').textContent.toLowerCase(),
  examples: [...element.querySelectorAll('.example')].map((example) => ({ element: example, text: example.textContent.toLowerCase() })),
}));

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const holds = (text) => words.every((word) => text.includes(word));
  let any = false;
  for (const { element, severity, link, heading, examples } of groups) {
    const whole = holds(heading);
    let matches = 0;
    for (const example of examples) {
      example.element.hidden = !whole && !holds(example.text);
      if (!example.element.hidden) matches++;
    }
    const hidden = !shown.has(severity) || (!whole && matches === 0);
    element.hidden = hidden;
    link.hidden = hidden;
    any ||= !hidden;
  }
  document.querySelector('.nothing').hidden = any || groups.length === 0;
}

search.addEventListener('input', filter);
for (const box of boxes) box.addEventListener('change', filter);
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target === search) return;
  event.preventDefault();
  search.focus();
});
