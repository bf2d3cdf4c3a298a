// The socket to /sip. One that is dead without knowing it, as after sleep, takes what it is given and never answers.
import JsSIP from "jssip";

export class Link extends JsSIP.WebSocketInterface {
  private timer: ReturnType<typeof setTimeout> | undefined;

  override connect(): void {
    // JsSIP has just said who hears of this socket. Whatever comes shows that it lives.
    const hear = this.ondata.bind(this);
    this.ondata = (message) => {
      this.rest();
      hear(message);
    };
    super.connect();
  }

  /** Something was asked of it. If nothing comes in `ms` it is closed, and JsSIP opens another with its own backoff;
   * conversations, and what JsSIP knows of them, stay. */
  asked(ms: number): void {
    this.rest();
    this.timer = setTimeout(() => {
      this.disconnect();
      // Closed by us it tells nobody.
      this.ondisconnect(true, 4008, "no answer");
    }, ms);
  }

  /** There is nothing to wait for. */
  rest(): void {
    clearTimeout(this.timer);
  }
}
