// Open a workbook with a JavaScript library and save it again, as people's scripts and web tools do.
//
//     node resave.mjs exceljs|sheetjs|sheetjs-plain IN OUT
//
// The libraries are found through NODE_PATH. SheetJS writes the kind of file that the suffix of OUT names.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

const WAYS = {
  async exceljs(source, target) {
    const { Workbook } = require("exceljs");
    const book = new Workbook();
    await book.xlsx.readFile(source);
    await book.xlsx.writeFile(target);
  },
  // With what it can keep of styles and formats, then with its defaults: dates come out as bare numbers.
  sheetjs: (source, target) => resave(source, target, { cellStyles: true, cellNF: true, cellDates: false }),
  "sheetjs-plain": (source, target) => resave(source, target, {}),
};

function resave(source, target, options) {
  const { readFile, writeFile } = require("xlsx");
  writeFile(readFile(source, options), target, options);
}

const [way, source, target] = process.argv.slice(2);
await WAYS[way](source, target);
