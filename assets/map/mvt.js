/* A reader of Mapbox Vector Tiles 2.1: bytes to features, nothing more. Coordinates stay in the tile's own
   units (0..extent, y down). */
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

  class Reader {
    constructor(bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.at = 0;
    }
    varint() {
      let value = 0,
        factor = 1,
        byte;
      do {
        byte = this.bytes[this.at++];
        value += (byte & 0x7f) * factor;
        factor *= 128;
      } while (byte & 0x80);
      return value;
    }
    take() {
      const length = this.varint();
      const part = this.bytes.subarray(this.at, this.at + length);
      this.at += length;
      return part;
    }
    skip(wire) {
      if (wire === 0) this.varint();
      else if (wire === 1) this.at += 8;
      else if (wire === 2) this.take();
      else if (wire === 5) this.at += 4;
      else throw new Error(`mvt: wire type ${wire}`);
    }
    fields(handle) {
      while (this.at < this.bytes.length) {
        const tag = this.varint();
        if (handle(tag >> 3, this) !== true) this.skip(tag & 7);
      }
    }
  }

  const zigzag = (n) => (n % 2 ? -(n + 1) / 2 : n / 2);

  function readValue(bytes) {
    let value = null;
    new Reader(bytes).fields((field, r) => {
      if (field === 1) value = text.decode(r.take());
      else if (field === 2) {
        value = r.view.getFloat32(r.at, true);
        r.at += 4;
      } else if (field === 3) {
        value = r.view.getFloat64(r.at, true);
        r.at += 8;
      } else if (field === 4) {
        value = r.varint();
        if (value >= 2 ** 63) value -= 2 ** 64;
      } else if (field === 5) value = r.varint();
      else if (field === 6) value = zigzag(r.varint());
      else if (field === 7) value = r.varint() !== 0;
      else return false;
      return true;
    });
    return value;
  }

  function readGeometry(bytes) {
    const r = new Reader(bytes),
      parts = [];
    let x = 0,
      y = 0,
      part = null;
    while (r.at < bytes.length) {
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

  function readFeature(bytes, keys, values) {
    const feature = { id: undefined, type: 0, properties: {}, geometry: [] };
    new Reader(bytes).fields((field, r) => {
      if (field === 1) feature.id = r.varint();
      else if (field === 2) {
        const tags = new Reader(r.take());
        while (tags.at < tags.bytes.length) feature.properties[keys[tags.varint()]] = values[tags.varint()];
      } else if (field === 3) feature.type = r.varint();
      else if (field === 4) feature.geometry = readGeometry(r.take());
      else return false;
      return true;
    });
    return feature;
  }

  function readLayer(bytes) {
    const layer = { name: "", extent: 4096, features: [] },
      keys = [],
      values = [],
      raw = [];
    new Reader(bytes).fields((field, r) => {
      if (field === 1) layer.name = text.decode(r.take());
      else if (field === 2) raw.push(r.take());
      else if (field === 3) keys.push(text.decode(r.take()));
      else if (field === 4) values.push(readValue(r.take()));
      else if (field === 5) layer.extent = r.varint();
      else return false;
      return true;
    });
    layer.features = raw.map((feature) => readFeature(feature, keys, values));
    return layer;
  }

  /* `buffer` of an .mvt to Map(name -> {name, extent, features: [{id, type: 1 point | 2 line | 3 polygon,
     properties, geometry}]}); empty to an empty map. */
  ikomek.readTile = function (buffer) {
    const layers = new Map();
    new Reader(new Uint8Array(buffer)).fields((field, r) => {
      if (field !== 3) return false;
      const layer = readLayer(r.take());
      layers.set(layer.name, layer);
      return true;
    });
    return layers;
  };
})();
