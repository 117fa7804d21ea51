// A mail server on this machine that keeps what it gets.
import { once } from "node:events";
import { createServer } from "node:net";

export async function startMail() {
  const received = [];
  const server = createServer((socket) => {
    let buffer = "";
    let to = "";
    let data; // lines of the message that is coming
    const say = (line) => socket.write(`${line}\r\n`);
    const command = (line) => {
      const word = line.split(/[ :]/)[0].toUpperCase();
      if (word === "RCPT") to = /<([^>]*)>/.exec(line)[1];
      if (word === "DATA") data = [];
      say(word === "DATA" ? "354 go on" : word === "QUIT" ? "221 bye" : "250 done");
      if (word === "QUIT") socket.end();
    };
    const part = (line) => {
      if (line !== ".") return data.push(line);
      const body = data.slice(data.indexOf("") + 1).join("");
      received.push({ to, text: Buffer.from(body, "base64").toString() });
      data = undefined;
      say("250 done");
    };
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      const lines = (buffer + bytes).split("\r\n");
      buffer = lines.pop();
      for (const line of lines) data ? part(line) : command(line);
    });
    say("220 ready");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return {
    received,
    settings: `host = "127.0.0.1"\nport = ${port}\ntls = "none"\nfrom = "dangol@example.org"\n`,
    stop: () => new Promise((done) => server.close(done)),
  };
}
