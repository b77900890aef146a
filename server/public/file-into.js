// Lets a file be chosen whose text goes into a field of its form. Without this script the text is pasted.
for (const form of document.querySelectorAll('form[data-file-into]')) {
  const field = form.querySelector(`#${form instanceof HTMLElement ? form.dataset.fileInto : ''}`);
  if (!(field instanceof HTMLTextAreaElement)) continue;
  const label = Object.assign(document.createElement('label'), { htmlFor: 'chosen-file' });
  label.textContent = 'Choose the file, or paste it below';
  const chooser = Object.assign(document.createElement('input'), { type: 'file', id: 'chosen-file' });
  chooser.addEventListener('change', async () => {
    const [file] = chooser.files ?? [];
    if (file !== undefined) field.value = await file.text();
  });
  field.parentElement?.prepend(label, chooser);
}
