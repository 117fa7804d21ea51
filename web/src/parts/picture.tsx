// A picture that somebody sent, drawn: it has no address, and nothing of it runs.
import { useEffect, useRef, useState } from "react";

import { Icon } from "./icon";

interface Props {
  data: Blob;
  label: string;
  // The longer side, in pixels, at most.
  most: number;
}

export function Picture({ data, label, most }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    let gone = false;
    const draw = (bitmap: ImageBitmap) => {
      const scale = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
      const element = canvas.current;
      if (!gone && element) {
        element.width = Math.max(1, Math.round(bitmap.width * scale));
        element.height = Math.max(1, Math.round(bitmap.height * scale));
        element.getContext("2d")?.drawImage(bitmap, 0, 0, element.width, element.height);
      }
      bitmap.close();
    };
    createImageBitmap(data).then(draw, () => setBroken(true));
    return () => {
      gone = true;
    };
  }, [data, most]);
  return broken ? <Icon name="file" /> : <canvas ref={canvas} className="picture" role="img" aria-label={label} />;
}
