// A classic script, loaded first: it says so where the page's modules did not come.
(() => {
  const PATIENCE = 30000;
  const started = () => document.getElementById("main") !== null;

  function tell() {
    if (started() || document.getElementById("stuck")) return;
    const again = document.createElement("a");
    again.href = location.pathname;
    again.textContent = "Load it again. 重新载入。";
    again.addEventListener("click", (event) => {
      event.preventDefault();
      location.reload();
    });
    const told = document.createElement("p");
    told.id = "stuck";
    told.setAttribute("role", "alert");
    told.append("The lab has not started: a part of it did not come. 页面未能启动：有一部分没有载入。 ", again);
    document.body.append(told);
  }

  function soon() {
    if (document.body) tell();
    else document.addEventListener("DOMContentLoaded", tell, { once: true });
  }

  // What fails to load says so to itself alone: only capturing hears it.
  addEventListener("error", soon, true);
  addEventListener("unhandledrejection", soon);
  setTimeout(soon, PATIENCE);
})();
