// A key that came behind the # of the link is put into the form, and out of the address bar.

const field = document.getElementById("key");
if (location.hash.length > 20) {
  field.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}
field.focus();
