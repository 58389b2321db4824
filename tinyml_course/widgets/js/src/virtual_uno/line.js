// SPDX-License-Identifier: Apache-2.0
// The line from one page to Python. It sends nothing that nobody would hear, and keeps little of what cannot go yet.

const TEXT_KEPT = 20000; // characters of serial text on their way
const GONE = ["dead", "terminating", "restarting", "autorestarting"]; // states of a kernel

export class Line {
  // onChange() is called when the kernel is lost or found.
  constructor(model, onChange) {
    this.model = model;
    this.onChange = onChange;
    this.page = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.live = true;
    this.closed = false;
    this.greeted = false; // the hello has gone
    this.text = "";
    this.dropped = 0; // characters that found no room in `text`
    this.waiting = false; // Python has not yet said that it heard the last text
    model.on("comm_live_update", () => this.check());
  }

  // The kernel that made this model is gone when its models are dead, or when there is none. (Page environments other
  // than JupyterLab may not tell.)
  async check() {
    const whole = await this.model.widget_manager.get_model(this.model.get("_key"));
    this.live = whole.comm_live;
    this.onChange();
  }

  get connected() {
    const { kernel } = this.model.widget_manager ?? {};
    const dead = kernel === null || kernel?.isDisposed || GONE.includes(kernel?.status);
    return this.live && !dead;
  }

  get open() {
    const { kernel } = this.model.widget_manager ?? {};
    return this.connected && !this.closed && (kernel?.connectionStatus ?? "connected") === "connected";
  }

  // This page wants to have the board. To be called until the line is open.
  greet() {
    if (this.greeted || !this.open) return;
    this.greeted = true;
    this.waiting = false;
    this.tell({ kind: "hello" });
  }

  tell(message) {
    if (this.open) this.model.send({ ...message, page: this.page });
  }

  // Traits; JupyterLab holds them back while the kernel is busy.
  report(traits) {
    if (!this.open) return;
    for (const [name, value] of Object.entries(traits)) this.model.set(name, value);
    this.model.save_changes();
  }

  write(text) {
    const all = this.text + text;
    this.dropped += Math.max(0, all.length - TEXT_KEPT);
    this.text = all.slice(-TEXT_KEPT);
  }

  // Sends the text, unless Python still has to hear the one before: a busy kernel is not flooded.
  flush() {
    if (this.waiting || !this.text || !this.open) return;
    this.waiting = true;
    this.tell({ kind: "text", text: this.text, dropped: this.dropped });
    this.text = "";
    this.dropped = 0;
  }
}
