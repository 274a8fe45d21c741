/* ikomek.melody(context, name): a tone of an AudioContext, made by the browser, no files. Each is another
   melody, so that an ear tells a critical alarm from a lost connection. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  /* [Hz, begins at, lasts] in seconds. */
  const MELODIES = {
    critical: [0, 0.9, 1.8].flatMap((at) => [
      [880, at, 0.16],
      [1175, at + 0.2, 0.16],
      [1480, at + 0.4, 0.3],
    ]),
    urgent: [
      [784, 0, 0.2],
      [988, 0.26, 0.36],
    ],
    normal: [[523, 0, 0.22]],
    lost: [
      [440, 0, 0.45],
      [330, 0.5, 0.7],
    ],
    quiet: [[587, 0, 0.35]],
    flood: [
      [659, 0, 0.18],
      [659, 0.24, 0.18],
      [784, 0.48, 0.4],
    ],
    back: [
      [523, 0, 0.16],
      [659, 0.2, 0.3],
    ],
  };
  const LOUDNESS = {
    critical: 0.5,
    urgent: 0.35,
    normal: 0.15,
    lost: 0.35,
    quiet: 0.2,
    flood: 0.35,
    back: 0.2,
  };

  function note(context, [hertz, at, seconds], loudness) {
    const oscillator = context.createOscillator(),
      volume = context.createGain(),
      from = context.currentTime + at;
    oscillator.type = "triangle";
    oscillator.frequency.value = hertz;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(loudness, from + 0.02);
    volume.gain.setValueAtTime(loudness, from + seconds - 0.04);
    volume.gain.linearRampToValueAtTime(0, from + seconds);
    oscillator.connect(volume).connect(context.destination);
    oscillator.onended = () => {
      oscillator.disconnect();
      volume.disconnect();
    };
    oscillator.start(from);
    oscillator.stop(from + seconds);
  }

  ikomek.melody = (context, name) => MELODIES[name].forEach((one) => note(context, one, LOUDNESS[name]));
})();
